"""Analysers: each reads the bundle and gives observations with evidence. One file each."""

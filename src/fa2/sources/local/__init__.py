"""Readers of exported files, recognised by content. One file each."""

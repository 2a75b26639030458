"""The patterns of a bundle, for an investigation, with evidence that can be asked again."""

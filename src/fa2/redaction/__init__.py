"""What must not leave: secrets and personal data, found and put behind aliases that can be undone."""

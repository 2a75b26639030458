"""Handlers of AWS Lambda functions."""

"""Searching what people wrote: sections of documents, their words, and which of them fit an incident."""

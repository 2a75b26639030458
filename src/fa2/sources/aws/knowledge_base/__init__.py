"""A Bedrock knowledge base as a source of documents."""

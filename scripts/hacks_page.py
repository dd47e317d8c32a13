def write(table, docs):
    """Later."""

"""Media streams: the page of one, which is a node of the tree, and adding one to a queue."""

"""Every component of `templates/components/` on one page, with made-up data, for whoever changes the look."""

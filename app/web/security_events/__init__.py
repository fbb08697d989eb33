"""The Security Events tab: what was refused, for operators."""

"""Would this chart take your values, and what would come of it? See docs/checking-values.md."""

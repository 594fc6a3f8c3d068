"""Books that programs post over HTTP, as those of a venue called push (docs/http.md)."""

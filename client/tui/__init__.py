"""The terminal view of a book: `render` turns a frame into lines, `keys` reads the keyboard, `app` runs both."""

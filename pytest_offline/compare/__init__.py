"""To be filled by the room of this name; see DESIGN.md."""

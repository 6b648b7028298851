"""The door for programs: health for whoever watches, my tasks for whoever asks; /api/openapi.json describes it."""

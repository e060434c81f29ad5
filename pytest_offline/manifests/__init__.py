"""Cache manifests as files: what is wrong with one, and the worker that takes its place."""

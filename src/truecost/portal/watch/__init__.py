"""What those ask who watch the portal: health and readiness."""

"""Where a program waits before its requests: looks at its tasks, at its thread pools and at its queues."""

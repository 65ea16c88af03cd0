"""Where requests go: an API over HTTP, or an application behind an agent."""

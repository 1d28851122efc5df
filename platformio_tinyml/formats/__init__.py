"""A report as text, JSON, HTML, Markdown, SARIF and JUnit."""

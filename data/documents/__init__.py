"""Papers of an inspection: what they say (`content`), as DOCX (`word`) and as PDF (`pdf`)."""

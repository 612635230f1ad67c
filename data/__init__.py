"""What is true: schema, write verbs, rules, reads, access and the audit log."""

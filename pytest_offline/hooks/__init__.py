"""What pytest's hooks decide, a module a matter; beside the fixtures, these know pytest."""

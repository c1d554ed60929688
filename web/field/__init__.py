"""The installers' pages: a phone, one hand, often no network."""

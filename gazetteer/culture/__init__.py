"""Keeping names alive: their stories, their past, collections of them, and their exchange with others who do the same."""

"""A study on paper: one page that needs no network, its pictures, its data, and the script that works it out anew."""

"""The clerk's web screen: plain pages made on the server, for the keyboard first."""

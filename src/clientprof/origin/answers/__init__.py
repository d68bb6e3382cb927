"""What is answered to a request: routes, modifiers, bodies, delays; and what a client must receive."""

"""What every program that shows pages needs: sign-in over OpenID Connect, a sealed cookie, one look, strict headers.

The portal and the ops pages of every service are built from it; it knows nothing of what they show.
"""

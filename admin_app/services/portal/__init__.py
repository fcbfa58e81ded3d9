"""What the portal is made of below its pages: users and their sessions, links, signing, requests, receipts."""

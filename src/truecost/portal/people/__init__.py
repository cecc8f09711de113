"""People: who may do what, who stands in for whom, and the organisation's rules.

* `administering`: everybody, invitations, roles, shutting out, erasing: for administrators
* `standing_in`: one's own roles, and who stands in for them from one day to another: for everybody
* `rules`: what the organisation decided once for all periods
"""

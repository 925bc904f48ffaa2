"""The page of a foot clinic that does not exist, about cold baths."""

PAGE = """Le soin des pieds

En bref
Le bain froid est un geste simple qui soulage la douleur. Il dure 20 à 30 minutes.

Quels effets ?
Les effets possibles incluent :
  • rougeur passagère ;
  • engourdissement des orteils.

L’effet apparaît en quelques jours et peut durer plusieurs semaines.

Sources
  • Moreau A. Le bain froid. Revue des pieds. 2020.
"""

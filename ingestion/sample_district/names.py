"""Words from which people and schools are named. Every person in the sample district is invented."""

from __future__ import annotations

GIVEN_NAMES = tuple(
    """
    Aaliyah Abel Adaeze Adrian Aiko Aisha Alana Alejandra Amara Amir Ana Andre Anh Anika Antonio Aria Arjun Asha Ava
    Ayla Beatriz Ben Bao Bianca Caleb Camila Carmen Cedric Chidi Clara Cora Dalia Daniela Darius Dev Diego Dina Eli
    Elena Emeka Emi Enzo Esther Ezra Farah Fatima Felix Fiona Gabriel Gia Grace Hana Harper Hassan Hugo Ibrahim Ines
    Ingrid Isaac Isla Ivan Jada Jamal Jasmine Javier Jia Joaquin Jonah Julia Kai Kalani Kamal Keiko Kenji Khadija Kofi
    Lani Layla Leilani Leo Liam Linh Lucia Luka Maeve Malik Marco Mariana Mateo Maya Mei Mila Minh Miriam Nadia Naomi
    Nia Nikhil Noah Nora Olivia Omar Oscar Owen Paloma Priya Quinn Rafael Rania Ravi Rosa Ruby Samir Santiago Sara
    Selam Sofia Soren Suki Talia Tariq Tessa Thalia Theo Tomas Uma Valeria Vera Victor Wei Xavier Ximena Yara Yusuf
    Zainab Zara Zoe
    """.split()
)

FAMILY_NAMES = tuple(
    """
    Abara Abdi Acosta Adeyemi Aguilar Ahmed Akana Alvarez Anders Aoki Arce Bailey Banerjee Barnes Begay Bello Benally
    Bianchi Blake Brandt Brooks Cabrera Calder Campos Carver Castillo Chan Chaudhry Chavez Chen Cho Clarke Coleman
    Cortez Cruz Dang Das Delgado Desta Diaz Dinh Dixon Doan Duarte Eaton Eze Farouk Fields Finch Flores Foster Fujita
    Garner Gomez Grady Greene Gupta Haddad Hale Hanson Harjo Hayes Herrera Hoang Holt Hussain Ibarra Idris Iyer Jackson
    Jimenez Joshi Kaleo Kane Kapoor Keller Kessler Khan Kim Kovac Larsen Lee Lim Lopez Lozano Lund Mahmoud Mako Maldonado
    Mbeki Medina Mehta Mendez Mercer Mills Molina Moreau Moss Nakai Nasser Navarro Nelson Ng Nguyen Novak Obi Ochoa Okafor
    Olsen Ortega Osei Pacheco Park Patel Pereira Petrov Pham Pierce Quintero Rahman Ramos Reyes Rios Rivera Romero Rossi
    Ruiz Saito Salazar Sandoval Santos Sato Shah Silva Singh Solis Sosa Sousa Tafoya Tanaka Tesfaye Thao Torres Tran
    Trevino Tsosie Vang Vargas Vasquez Vega Villa Walker Wallace Webb Wong Wright Xiong Yang Yazzie Young Zamora Zapata
    """.split()
)

PLACE_WORDS = tuple(
    """
    Alder Aspen Bayview Birch Blackberry Bluff Cedar Clearwater Cottonwood Dogwood Eastfield Elm Fern Foxglove Granite
    Hawthorn Heron Hillside Juniper Kestrel Lakeshore Larkspur Laurel Lupine Madrona Magnolia Maple Meadow Millrace Oak
    Orchard Osprey Pine Poplar Prairie Quarry Redwood Riverbend Rowan Sage Sandstone Spruce Summit Sycamore Tamarack
    Valley Walnut Westfield Willow Yarrow
    """.split()
)
PLACE_ENDINGS = ("Creek", "Ridge", "Park", "Grove", "Heights", "Glen", "Point", "Crossing", "Hollow", "Bend")

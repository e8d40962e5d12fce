"""Given names and surnames of many peoples, to make random users of. Written for this project; nobody in particular."""

_GIVEN = """
Aaliyah Aarav Abel Abena Adaeze Adam Adriana Agnieszka Ahmed Aiko Ailsa Aino Akira Alba Alejandro
Alice Alma Amara Amélie Amina Amir Ana Anaïs Anders Andrea Andrei Aneta Ángel Anika Anna Antoine
António Anya Arjun Asha Astrid Ayesha Ayumi Aziz Bálint Beatriz Benjamin Bianca Birgit Björn Bogdan
Boris Branka Brigid Bruno Camille Carlos Carmen Catarina Cécile Chiara Chidi Chiyo Chloé Christos
Claire Clara Cormac Cristina Daiki Dalia Damir Daniel Daria David Deepa Delphine Désirée Diego
Dimitra Dina Dmitri Dorota Dragan Eamon Ebba Edith Efua Eiko Eilidh Einar Elena Eleni Elias Elif
Elin Elisa Emeka Emil Emine Emma Enzo Erik Esra Esther Eszter Eva Ezra Fabio Farah Fatima Felix
Fernanda Filip Finn Fiona Florence Franziska Freya Gabriela Georgios Giorgia Goran Grace Greta
Guadalupe Gustav Hamza Hana Hanna Haruto Hassan Hedda Helena Henrik Hiroshi Hugo Ibrahim Ida Ifeoma
Ignacio Ilse Imani Imre Indira Ines Ingrid Irina Isabel Ismail Ivana Iwan Jaime Jakub Jamal Jana
Javier Jelena Jin João Johanna Jonas Jörg Josefa Joseph Juan Julia Jun Kamala Kaspar Katarína
Kateryna Keiko Kenji Kwame Lakshmi Lars Laszlo Layla Léa Leila Lena Leon Liam Liesel Lina Linh
Lorenzo Lucía Luka Magda Mahmoud Malik Manon Marcel Margarida María Mariam Marko Marta Martin Mateo
Mathilde Maya Mei Mercy Mihai Milan Mina Mirela Mohamed Moritz Nadia Naomi Natalia Neha Nia Niamh
Nicolás Nina Noah Nora Nuno Oksana Olga Oliver Omar Oscar Pablo Padma Paolo Paul Pedro Petra
Philippe Pia Priya Rafael Rania Raúl Rebecca Renata Rin Rohan Rosa Ruth Sabine Sadia Said Sakura
Salma Samuel Sandra Santiago Sara Saskia Selma Sergio Shirin Sibusiso Sigrid Silvia Simon Sina Sofía
Søren Stefan Stella Sunita Svetlana Szymon Tadeusz Takumi Tamar Tariq Teresa Thandiwe Théo Thomas
Tomás Uma Ursula Valentina Vera Viktor Vincent Wanjiru Wei Wilma Xenia Yara Yasmin Yohan Yuki Yusuf
Zahra Zeynep Zoë Zofia
"""

_SURNAMES = """
Abe Achebe Adebayo Agarwal Aguilar Ahlberg Akhtar Aksoy Albrecht Ali Almeida Álvarez Amato Andersen
Andrade Antonov Aoki Arslan Asante Aubert Aydın Bailey Baker Balogun Banerjee Barbosa Barros Bauer
Becker Bedi Bello Benedetti Benítez Berger Bergström Bianchi Blanc Boateng Bondarenko Borg Bose
Boucher Brennan Brown Bruun Byrne Cabrera Calderón Campbell Cardoso Carlsson Carvalho Castillo
Castro Çelik Chanda Chang Chatterjee Chaudhry Chen Cheng Chowdhury Christensen Cohen Colombo
Contreras Conti Costa Cruz Dahl Danso Das Davies Delgado Demir Desai Diallo Dias Díaz Diop Dlamini
Doğan Dubois Dumitru Duarte Eide Ekström Engel Eriksen Espinoza Evans Fabre Farkas Faria Fernández
Ferrari Fischer Flores Fofana Fontaine Forsberg Fournier Franco Fraser Friedman Fujita Gallo García
Gashi Gauthier Georgiou Ghosh Gill Girard Gomes González Goto Gough Graf Greco Green Gruber Guerrero
Gunawan Gupta Gustafsson Gutiérrez Haas Haddad Halloran Hansen Haq Hartmann Hasegawa Hayashi
Hernández Herrera Hill Hoang Hoffmann Holm Horvat Horváth Huang Hussein Ibáñez Ibrahim Iglesias Ito
Ivanova Iyer Jackson Jain Jankowski Jansen Jensen Jiménez Johansson Jones Joshi Juárez Kaczmarek
Kamau Kaplan Kapoor Karlsson Kato Kaur Kaya Keller Khalil Khan Kim King Kipkemboi Klein Kobayashi
Koch Kovačević Kovács Kowalski Kozlov Kruger Kumar Lambert Lang Larsen Laurent Lê Lee Lehtonen Leroy
Levy Lewis Li Lim Lindberg Liu Lombardi Lopes López Lund Mabaso MacLeod Mahlangu Maier Malik Mancini
Marino Markovic Marques Martin Martínez Matsumoto Mazur Mbeki Medina Mehta Meier Mendes Mendoza
Mensah Mitchell Mohammed Molina Moreau Moreno Mori Moyo Müller Murphy Mutua Nagy Nair Nakamura
Navarro Nel Nguyen Nielsen Nikolaidis Nkosi Novák Nowak Nunes Nyström Ochieng Oduya Okafor Okonkwo
Oliveira Olsen Ortega Osei Otieno Öztürk Pace Papadopoulos Park Patel Pavlov Peña Pereira Pérez
Petersen Petrov Pham Pinto Popescu Quispe Rahman Ramírez Ramos Rao Reddy Reyes Ricci Richter Rinaldi
Rios Robinson Rocha Rodríguez Romano Rossi Roux Ruiz Saito Salazar Saleh Sánchez Santos Sasaki Sato
Schmidt Schneider Schwarz Seidel Sharma Shevchenko Silva Simon Singh Smirnov Smith Sokolov Sørensen
Sousa Steiner Suzuki Svensson Szabó Takahashi Tan Tanaka Teixeira Tembo Thapa Torres Tóth Tran
Traoré Vargas Vasquez Vega Virtanen Vogel Wagner Walker Wang Weber Weiss White Williams Wójcik Wong
Wu Yamada Yang Yeo Yıldız Yilmaz Young Zaman Zhang Zhou Zimmermann Zulu
"""

GIVEN = tuple(_GIVEN.split())
SURNAMES = tuple(_SURNAMES.split())

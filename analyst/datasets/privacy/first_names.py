"""Common first names: what tells a column of persons from one of products when its header only says "name"."""

from __future__ import annotations

FIRST_NAMES = frozenset(
    """
    james mary robert patricia john jennifer michael linda david elizabeth william barbara richard susan joseph jessica
    thomas sarah charles karen christopher lisa daniel nancy matthew betty anthony sandra mark margaret donald ashley
    steven kimberly andrew emily paul donna joshua michelle kenneth carol kevin amanda brian melissa george deborah
    timothy stephanie ronald rebecca jason laura edward helen jeffrey sharon ryan cynthia jacob kathleen gary amy
    nicholas angela eric shirley jonathan anna stephen ruth larry brenda justin pamela scott nicole brandon katherine
    benjamin samantha samuel christine gregory emma alexander catherine patrick virginia frank rachel raymond carolyn
    jack janet dennis maria jerry heather tyler diane aaron julie jose joyce adam victoria nathan kelly henry christina
    zachary lauren douglas joan peter evelyn kyle olivia noah judith ethan megan walter cheryl martha arthur alice
    albert jane joe ann anne oliver harry sophie lucy grace liam mia ella ava charlotte amelia isla freya florence
    hans peter klaus wolfgang jürgen juergen dieter manfred uwe günter guenter horst bernd ulrich heinz gerhard karl
    stefan andreas martin markus matthias tobias jan lukas leon felix maximilian moritz jonas finn ursula monika petra
    sabine renate helga brigitte ingrid gisela claudia susanne birgit heike anja katrin julia lena hannah leonie greta
    jean pierre michel philippe alain bernard jacques patrice gérard gerard christian claude nicolas françois francois
    laurent olivier pascal thierry julien antoine hugo louis lucas gabriel raphaël arthur jules marie nathalie isabelle
    sylvie monique françoise martine jacqueline catherine christelle céline celine aurélie camille chloé chloe léa lea
    manon inès ines jade louise élodie elodie sandrine valérie valerie véronique veronique hélène helene
    antonio manuel francisco javier carlos jesús jesus alejandro miguel rafael pedro pablo sergio fernando luis jorge
    alberto álvaro alvaro diego adrián adrian raúl raul enrique ramón ramon carmen josefa isabel dolores pilar teresa
    ana rosa cristina mercedes elena lucía lucia paula marta sofía sofia raquel silvia beatriz rocío rocio alba
    giuseppe giovanni mario luigi francesco marco andrea matteo lorenzo giulia chiara francesca federica
    mohammed muhammad ahmed ali omar fatima aisha wei li ming yuki hiroshi priya rahul amit raj sanjay anil ivan olga
    dmitri natasha sergei svetlana tatiana piotr katarzyna anders lars erik ingrid astrid bjorn sven
    """.split()  # noqa: SIM905
)
"""Lower case; English, German, French, Spanish, Italian and the commonest of other languages."""

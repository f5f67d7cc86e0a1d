# ruff: noqa
# mypy: ignore-errors
# fmt: off
"""Reference scorer: predicted against gold annotated reports (JSON Lines), standard library only.

usage: score.py GOLD.jsonl PRED.jsonl [--labels L1,L2] [--json OUT]

It fixes what each figure means; the project's own evaluation must give the same numbers on the same files.

mention, per label
  strict   same start, end and label
  overlap  spans of one label that share a character, paired one to one, longest overlap first
  linked   paired as in overlap, and the same code
assertion  on mentions paired as in overlap: precision/recall/F1 of each flag
sections   line: each non-blank line's section label; start: a section's label and first line
attrs      among linked pairs whose gold has it: `grade` on TOXICITY and `lat` on TOPOGRAPHY, equal or not
record     facts of all reports, each field a set per report; tumor = (topography, morphology) jointly;
           tumor_fact = (field, value) of tumours paired one to one by topography and morphology, then by either, then in order
"""
import argparse, json, sys
from collections import defaultdict

FLAGS = ("negated", "hypothetical", "historical", "family")


def read(path):
    with open(path, encoding="utf-8") as fh:
        docs = [json.loads(line) for line in fh if line.strip()]
    return {d["id"]: d for d in docs}


class Tally:
    def __init__(self): self.tp = self.fp = self.fn = 0
    def add(self, tp=0, fp=0, fn=0): self.tp += tp; self.fp += fp; self.fn += fn
    def row(self):
        p = self.tp / (self.tp + self.fp) if self.tp + self.fp else 0.0
        r = self.tp / (self.tp + self.fn) if self.tp + self.fn else 0.0
        f = 2 * p * r / (p + r) if p + r else 0.0
        return {"p": round(p, 4), "r": round(r, 4), "f1": round(f, 4), "tp": self.tp, "fp": self.fp, "fn": self.fn}


def pair(gold, pred):
    """One-to-one pairs of overlapping mentions of one label, longest overlap first, then earliest."""
    cand = sorted(((-(min(g["end"], p["end"]) - max(g["start"], p["start"])), g["start"], p["start"], i, j)
                   for i, g in enumerate(gold) for j, p in enumerate(pred)
                   if min(g["end"], p["end"]) > max(g["start"], p["start"])))
    gi, pj, out = set(), set(), []
    for *_, i, j in cand:
        if i not in gi and j not in pj: gi.add(i); pj.add(j); out.append((gold[i], pred[j]))
    return out


def code(m): return str(m.get("code") or "").strip()


def facts(record):
    """The record as a set of (field, value...) facts."""
    out = set()
    if record.get("report_type"): out.add(("report_type", record["report_type"]))
    for t in record.get("tumors") or []:
        for k in ("topography", "morphology", "laterality", "event"):
            if t.get(k): out.add((k, t[k]))
        if t.get("topography") or t.get("morphology"): out.add(("tumor", t.get("topography"), t.get("morphology")))
        for k, f in (("tnm", "tnm"), ("stages", "stage"), ("grades", "grade"), ("biomarkers", "biomarker"), ("metastatic_sites", "metastatic_site")):
            for v in t.get(k) or []: out.add((f, v))
        if t.get("size_mm") is not None: out.add(("size_mm", float(t["size_mm"])))
    if record.get("performance_status"): out.add(("performance_status", record["performance_status"]))
    for x in record.get("toxicities") or []: out.add(("toxicity", x["term"], x.get("grade")))
    for x in record.get("drugs") or []: out.add(("drug", x))
    if record.get("response"): out.add(("response", record["response"]))
    for x in record.get("family_cancer_history") or []: out.add(("family_cancer_history", x.get("topography")))
    return out


def tumor_facts(gold, pred):
    """(field, value) facts of each tumour: true positives, predicted and gold counts, tumours paired one to one."""
    def bag(t):
        out = {(k, t[k]) for k in ("topography", "morphology", "laterality", "event") if t.get(k)}
        for k in ("tnm", "stages", "grades", "biomarkers", "metastatic_sites"): out |= {(k, v) for v in t.get(k) or []}
        if t.get("size_mm") is not None: out.add(("size_mm", float(t["size_mm"])))
        return out
    same = lambda a, b, k: a.get(k) is not None and a.get(k) == b.get(k)
    rank = lambda a, b: -(2 * same(a, b, "morphology") + 2 * same(a, b, "topography"))
    left, pairs = set(range(len(pred))), []
    for i, j in sorted(((i, j) for i in range(len(gold)) for j in range(len(pred))), key=lambda x: (rank(gold[x[0]], pred[x[1]]), x)):
        if j in left and i not in {a for a, _ in pairs}: pairs.append((i, j)); left.discard(j)
    tp = sum(len(bag(gold[i]) & bag(pred[j])) for i, j in pairs)
    return tp, sum(len(bag(t)) for t in pred), sum(len(bag(t)) for t in gold)


def line_labels(doc):
    """(line number -> section label) for non-blank lines, and the set of (first line, label) of sections."""
    text, secs = doc["text"], sorted(doc.get("sections") or [], key=lambda s: s["start"])
    labels, pos, k = {}, 0, -1
    for n, line in enumerate(text.split("\n")):
        first = pos + len(line) - len(line.lstrip())
        if line.strip():
            while k + 1 < len(secs) and secs[k + 1]["start"] <= first: k += 1
            labels[n] = secs[k]["label"] if k >= 0 and first < secs[k]["end"] else "header"
        pos += len(line) + 1
    starts = {(text.count("\n", 0, s["start"] + len(text[s["start"]:s["end"]]) - len(text[s["start"]:s["end"]].lstrip())), s["label"])
              for s in secs if s["label"] != "header"}
    return labels, starts


def score(gold, pred, labels=None):
    missing = sorted(set(gold) - set(pred))
    mention = defaultdict(lambda: {k: Tally() for k in ("strict", "overlap", "linked")})
    flag = {f: Tally() for f in FLAGS}
    fact, sec_start, line = defaultdict(Tally), Tally(), [0, 0]
    attr = {"grade": [0, 0], "lat": [0, 0]}
    multi = Tally()
    per_label_lines = defaultdict(Tally)
    for i, g in gold.items():
        p = pred.get(i, {"mentions": [], "sections": [], "record": {}})
        gl, pl = defaultdict(list), defaultdict(list)
        for m in g["mentions"]: gl[m["label"]].append(m)
        for m in p.get("mentions") or []: pl[m["label"]].append(m)
        for lab in set(gl) | set(pl):
            if labels and lab not in labels: continue
            gs, ps = {(m["start"], m["end"]) for m in gl[lab]}, {(m["start"], m["end"]) for m in pl[lab]}
            mention[lab]["strict"].add(len(gs & ps), len(ps - gs), len(gs - ps))
            pairs = pair(gl[lab], pl[lab])
            mention[lab]["overlap"].add(len(pairs), len(pl[lab]) - len(pairs), len(gl[lab]) - len(pairs))
            good = sum(code(a) == code(b) for a, b in pairs)
            mention[lab]["linked"].add(good, len(pl[lab]) - good, len(gl[lab]) - good)
            for a, b in pairs:
                k = {"TOXICITY": "grade", "TOPOGRAPHY": "lat"}.get(lab)
                if k and code(a) == code(b) and (a.get("attrs") or {}).get(k):
                    attr[k][1] += 1; attr[k][0] += str((b.get("attrs") or {}).get(k)) == str(a["attrs"][k])
                for f in FLAGS:
                    x, y = bool(a.get(f)), bool(b.get(f))
                    flag[f].add(x and y, y and not x, x and not y)
        if g.get("sections") and g["sections"] != [{"label": "header", "start": 0, "end": len(g["text"])}]:
            ga, gs = line_labels(g); pa, ps = line_labels({"text": g["text"], "sections": p.get("sections")})
            sec_start.add(len(gs & ps), len(ps - gs), len(gs - ps))
            for n, lab in ga.items():
                line[1] += 1; line[0] += pa.get(n) == lab
                per_label_lines[lab].add(*( (1, 0, 0) if pa.get(n) == lab else (0, 0, 1) ))
                if pa.get(n) != lab: per_label_lines[pa.get(n)].add(0, 1, 0)
        if set(g.get("record") or {}) - {"report_type"}:
            a, b = facts(g["record"]), facts(p.get("record") or {})
            tp, np_, ng = tumor_facts(g["record"].get("tumors") or [], (p.get("record") or {}).get("tumors") or [])
            fact["tumor_fact"].add(tp, np_ - tp, ng - tp)
            if len(g["record"].get("tumors") or []) > 1: multi.add(tp, np_ - tp, ng - tp)
            for f in {x[0] for x in a | b}:
                aa, bb = {x for x in a if x[0] == f}, {x for x in b if x[0] == f}
                fact[f].add(len(aa & bb), len(bb - aa), len(aa - bb))
    out = {"reports": len(gold), "missing": len(missing),
           "mention": {k: {kk: t.row() for kk, t in v.items()} for k, v in sorted(mention.items())},
           "assertion": {f: t.row() for f, t in flag.items()},
           "attrs": {k: {"accuracy": round(a / n, 4) if n else None, "n": n} for k, (a, n) in attr.items()},
           "tumor_fact_multi": multi.row(),
           "sections": {"line_accuracy": round(line[0] / line[1], 4) if line[1] else None,
                        "line_macro_f1": round(sum(t.row()["f1"] for l, t in per_label_lines.items() if t.tp + t.fn) / max(1, sum(1 for t in per_label_lines.values() if t.tp + t.fn)), 4),
                        "start": sec_start.row()},
           "record": {f: t.row() for f, t in sorted(fact.items())}}
    def micro(rows):
        t = Tally()
        for r in rows: t.add(r["tp"], r["fp"], r["fn"])
        return t.row()
    out["mention_micro"] = {k: micro([v[k] for v in out["mention"].values()]) for k in ("strict", "overlap", "linked")}
    out["record_micro"] = micro(v for f, v in out["record"].items() if f != "tumor_fact")
    return out


def show(s):
    print(f"reports {s['reports']}  missing {s['missing']}")
    print(f"{'label':<22}{'strict F1':>10}{'overlap F1':>11}{'linked P':>9}{'R':>7}{'F1':>7}{'gold':>6}")
    for lab, v in s["mention"].items():
        l = v["linked"]
        print(f"{lab:<22}{v['strict']['f1']:>10.3f}{v['overlap']['f1']:>11.3f}{l['p']:>9.3f}{l['r']:>7.3f}{l['f1']:>7.3f}{l['tp'] + l['fn']:>6}")
    m = s["mention_micro"]; print(f"{'micro':<22}{m['strict']['f1']:>10.3f}{m['overlap']['f1']:>11.3f}{m['linked']['p']:>9.3f}{m['linked']['r']:>7.3f}{m['linked']['f1']:>7.3f}")
    for f, r in s["assertion"].items(): print(f"assertion {f:<14} P {r['p']:.3f} R {r['r']:.3f} F1 {r['f1']:.3f}  (gold {r['tp'] + r['fn']})")
    for k, v in s["attrs"].items(): print(f"attrs {k:<6} accuracy {v['accuracy']}  (gold {v['n']})")
    x = s["sections"]; print(f"sections line accuracy {x['line_accuracy']}  line macro-F1 {x['line_macro_f1']}  start F1 {x['start']['f1']}")
    for f, r in s["record"].items(): print(f"record {f:<22} P {r['p']:.3f} R {r['r']:.3f} F1 {r['f1']:.3f}  (gold {r['tp'] + r['fn']})")
    print(f"record tumor_fact, reports with two or more tumours: F1 {s['tumor_fact_multi']['f1']:.3f}")
    r = s["record_micro"]; print(f"record micro                  P {r['p']:.3f} R {r['r']:.3f} F1 {r['f1']:.3f}")


def main(argv=None):
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("gold"); ap.add_argument("pred"); ap.add_argument("--labels"); ap.add_argument("--json")
    a = ap.parse_args(argv)
    s = score(read(a.gold), read(a.pred), set(a.labels.split(",")) if a.labels else None)
    show(s)
    if a.json: json.dump(s, open(a.json, "w"), indent=1)


if __name__ == "__main__":
    sys.exit(main())

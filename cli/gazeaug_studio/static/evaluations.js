// The evaluations: what each measures and needs, what it is given by what the folder holds, and where its result is.
import { ofKind } from "./folder.js";

const REAL = /real|camera|mpii|photo|columbia|multiview|xgaze|gaze360|eth/i;
const NOT_REAL = /unity|synth|render/i;

/** What the folder offers, each the newest that fits or undefined: refined, source, real (not labelled), test (labelled). */
export function offered(items) {
  const eyes = ofKind(items, "eyes");
  const refined = eyes.find((item) => item.facts.is_refined);
  const sources = new Set(eyes.map((item) => item.facts.refined_from).filter(Boolean));
  const others = eyes.filter((item) => !item.facts.is_refined && !sources.has(item.path) && !NOT_REAL.test(item.name));
  const named = (some) => some.find((item) => REAL.test(item.name)) ?? some[0];
  const unlabelled = others.filter((item) => !item.facts.gaze);
  return {
    refined: refined?.path,
    source: refined?.facts.refined_from ?? eyes.find((item) => item.facts.gaze && NOT_REAL.test(item.name))?.path,
    real: named(unlabelled)?.path ?? named(others)?.path,
    test: named(others.filter((item) => item.facts.gaze))?.path,
    run: ofKind(items, "run").find((item) => item.facts.step !== null)?.path,
    names: items.map((item) => item.path),
  };
}

/** A name that nothing in the folder has, nor a file in it: page.html, page-2.html, ... */
export function freeName(name, names) {
  const [, stem, ending] = /^(.*?)(\.[^./]*)?$/.exec(name);
  for (let n = 1; ; n += 1) {
    const one = n === 1 ? name : `${stem}-${n}${ending ?? ""}`;
    if (!names.some((other) => other === one || other.startsWith(`${one}/`))) return one;
  }
}

const REFINED = ["refined", "a refined file"], SOURCE = ["source", "the file that was refined"];
const REALS = ["real", "an eye file of real eyes"], TEST = ["test", "real eyes with gaze labels"], RUN = ["run", "a training run"];

export const EVALUATIONS = [
  {
    command: "turing", title: "Visual Turing test", start: "Make the test",
    measures: "Can a person tell refined eyes from real ones? The test shows them one by one and takes answers by key.",
    needs: [REFINED, REALS], shown: ["refined", "real", "rows"],
    given: ({ refined, real, names }) => ({ refined, real, output: freeName("turing.html", names) }),
    page: (given) => given.output ?? "turing.html",
  },
  {
    command: "realism", title: "Realism", start: "Measure",
    measures: "How close are refined eyes to real ones? A classifier tries to tell them apart; sharpness, contrast and spectra are compared.",
    needs: [REFINED, REALS], shown: ["refined", "real", "synthetic", "rows"],
    given: ({ refined, real, source, names }) => ({ refined, real, synthetic: source, output: freeName("realism.html", names) }),
    page: (given) => given.output ?? "realism.html",
  },
  {
    command: "drift", title: "Drift", start: "Measure",
    measures: "How far did refining move irises and eyelids? Gaze labels stay right where nothing moved.",
    needs: [SOURCE, REFINED], shown: ["synthetic", "refined", "grid"],
    given: ({ source, refined, names, grids }) => ({
      synthetic: source, refined,
      grid: refined && freeName(`${refined.replace(/\.h5$/, "")}.drift.png`, [...names, ...grids]),
    }),
    page: () => null,
  },
  {
    command: "evaluate", title: "Gaze estimators", start: "Evaluate",
    measures: "Does refining help a gaze estimator? Estimators are trained on each file and tested on real eyes, with confidence intervals.",
    needs: [REFINED, SOURCE, TEST], shown: ["train", "test", "output", "seeds", "subset"],
    given: ({ source, refined, test, names }) => ({
      train: [source, refined].filter(Boolean), test, output: freeName("evaluation", names),
    }),
    page: (given) => `${given.output ?? "evaluation"}/evaluation.html`,
  },
  {
    command: "report", title: "Training report", start: "Write the report",
    measures: "How did a training go? Its diagnosis, loss curves, sample pictures and settings on one page.",
    needs: [RUN], shown: ["run"],
    given: ({ run }) => ({ run }),
    page: (given) => given.output ?? `${given.run}/report.html`,
  },
  {
    command: "experiments", title: "Experiments", start: "Run the experiments",
    measures: "Which training settings matter here? Short runs vary the steps, the batch size, the log interval, the number of real pictures and pre-training.",
    needs: [], shown: ["which", "steps", "synthetic", "real", "test", "output"],
    given: ({ source, real, test, names }) => {
      const own = source && real ? { synthetic: source, real, test: test === real ? undefined : test } : {};
      return { ...own, output: freeName("experiments", names) };
    },
    page: (given) => `${given.output ?? "experiments"}/experiments.html`,
  },
];

/** An evaluation by its command, or undefined. */
export const evaluationOf = (command) => EVALUATIONS.find((each) => each.command === command);

/** What an evaluation needs and the folder does not hold, in words. */
export const missing = (evaluation, known) => evaluation.needs.filter(([name]) => !known[name]).map(([, words]) => words);

/** Values of the address that show what a job has made. */
export function resultOf(job) {
  const page = evaluationOf(job.command)?.page(job.given);
  return page ? { page } : { job: job.id };
}

/** What a page of the folder is, by its name. */
export function kindOf(path) {
  const name = path.split("/").pop();
  const known = EVALUATIONS.find(({ command, page }) => name.startsWith(command === "evaluate" ? "evaluation" : command) && page({}));
  return known?.title ?? "Page";
}

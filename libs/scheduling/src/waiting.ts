/** Why work waits, in a sentence: the first rule of the closed list that holds it. */
import type { Gates } from './gates.js';
import type { Job, Jobs } from './jobs.js';
import { wordsOf, type Lack } from './limits.js';
import { avoidHoldMs, decisivePoints, holdRules, type HoldRule } from './rules.js';
import { ahead, stopOf } from './shares.js';
import type { Slot, Slots } from './slots.js';
import type { JobClass, Waiting } from './types.js';
import type { Lane, Need, WorkIndex } from './work.js';

interface Parts {
  jobs: Jobs;
  index: WorkIndex;
  slots: Slots;
  gates: Gates;
  farm: { paused: boolean };
}

const because = (rule: HoldRule, sentence: string): Waiting => ({ rule, sentence });

export class Explanations {
  constructor(private readonly parts: Parts) {}

  ofJob(jobId: string, at: number): Waiting | null {
    const { jobs, slots, farm, index } = this.parts;
    const waiting = jobs.firstWaiting(jobId);
    if (!waiting) return null;
    const { job, item, jobClass, need } = waiting;
    if (farm.paused) return because('farm-paused', 'The farm is paused.');
    if (!need) return because('paused', 'The job is paused.');
    const all = [...slots.all];
    const suspended = index.suspended.get(need.residencyKey);
    if (suspended !== undefined) return because('suspended', suspended);
    if (all.length === 0)
      return because('no-slot', 'No slot serves: no node is connected, or all are drained or blocked.');

    const able = all.filter(({ profile }) => !index.fit(need, profile).lack);
    if (able.length === 0) return this.lacking(all, need, jobClass, job);
    if (!item.forgiven && able.every(({ nodeId }) => item.avoid.includes(nodeId))) {
      const sentence = `Its tasks failed on every node that can run them; they are tried there again after ${avoidHoldMs / 1000} s.`;
      return because('failed-there', sentence);
    }
    return this.stopped(job) ?? this.held(able) ?? this.queued(able, job, need, at);
  }

  ofSlot(slotId: string): Waiting | null {
    const { slots, farm, index } = this.parts;
    const slot = slots.get(slotId);
    if (!slot || slot.occupied > 0) return null;
    if (farm.paused) return because('farm-paused', 'The farm is paused.');
    const held = this.held([slot]);
    if (held) return held;
    const needs = [...index.needs].filter((need) => !index.fit(need, slot.profile).lack);
    if (needs.length === 0) return because('no-work', 'Nothing waits that this slot could run.');
    const lanes = needs.flatMap((need) => [...need.lanes.values()]);
    const stop = lanes.map(({ owner }) => stopOf(owner)).find((rule) => rule !== undefined);
    if (stop && lanes.every(({ owner }) => stopOf(owner)))
      return because(stop, 'Whoever has work waiting has used up a budget or a quota.');
    if (lanes.every(({ items }) => items.every(({ avoid, forgiven }) => !forgiven && avoid.includes(slot.nodeId))))
      return because('failed-there', 'What waits has failed on this node and is tried elsewhere first.');
    return because('tail', 'Slots that are at it finish what waits sooner than this one could begin.');
  }

  private lacking(all: readonly Slot[], need: Need, jobClass: JobClass, job: Job): Waiting {
    const lacks = new Set(all.map(({ profile }) => this.parts.index.fit(need, profile).lack));
    const order: Lack[] = ['too-little-memory', 'requirements', 'missing-model', 'missing-feature'];
    const rule = order.find((lack) => lacks.has(lack))!;
    const sentences: Record<Lack, string> = {
      'missing-feature': `No slot has an engine with ${jobClass.features.join(', ')}.`,
      'missing-model': `No node that could render it has ${jobClass.models.map(({ name }) => name).join(' and ')}.`,
      requirements: `No slot that could render it is what the job asks for: ${wordsOf(job.requires)}.`,
      'too-little-memory': 'No slot that could render it has the memory that one picture takes.',
    };
    return because(rule, sentences[rule]);
  }

  private stopped({ traits: { owner } }: Job): Waiting | null {
    const stop = stopOf(owner);
    const who = `${owner.user.name === 'default' ? '' : `${owner.user.name} of `}project ${owner.project.name}`;
    if (stop === 'budget') return because(stop, `The budget of ${who} is used up.`);
    if (stop === 'quota') return because(stop, `As many slots as ${who} may have at a time are at work for it.`);
    return null;
  }

  /** What holds all of some slots; null when one of them could begin something, now or after what it runs. */
  private held(able: readonly Slot[]): Waiting | null {
    const sentences: Record<string, string> = {
      'node-paused': 'Every node that can run it is paused.',
      temperature: 'Every device that can run it is too hot to begin something.',
      hours: 'Every node that can run it serves at other hours.',
    };
    const rules = able.map(({ held }) => held);
    if (rules.every((rule) => rule !== undefined)) return because(rules[0]!, sentences[rules[0]!]!);
    if (able.every((slot) => slot.held || !this.parts.slots.powerAllows(slot)))
      return because('power-budget', 'The watt budget of the enclosures is used up by slots that work.');
    return null;
  }

  /** All that it takes is there: what comes before it. */
  private queued(able: readonly Slot[], job: Job, need: Need, at: number): Waiting {
    const { index, gates } = this.parts;
    const slotsThat =
      able.length === 1 ? 'The slot that can run it is' : `All ${able.length} slots that can run it are`;
    const own = [...need.lanes.values()].find(
      ({ owner, priority }) => owner === job.traits.owner && priority === job.traits.priority,
    );
    if (!own) return because('behind-others', `${slotsThat} busy.`);
    const others = [...index.needs].flatMap(({ lanes }) => [...lanes.values()]).filter((lane) => lane !== own);
    if (others.some(({ interactive }) => interactive) && !job.traits.interactive && gates.interactiveGoesFirst)
      return because('behind-others', `${slotsThat} busy, and pictures that somebody waits for come first.`);
    if (job.traits.interactive && !gates.interactiveGoesFirst)
      return because('interactive-share', 'Pictures that somebody waits for have half of the slots already.');
    if (job.traits.interactive && able.every(({ batchTurn }) => batchTurn))
      return because('interactive-share', 'Pictures that somebody waits for have had half of the time already.');
    const rank = (lane: Lane) => gates.effectivePriority(lane, at);
    if (others.some((lane) => rank(lane) > rank(own) + decisivePoints))
      return because('priority', `${slotsThat} busy, and work of higher priority comes first.`);
    if (able.some(({ occupied, held }) => occupied === 0 && !held))
      return because('tail', 'Slots that are at it finish it sooner than an idle one could begin.');
    if (others.some(({ owner }) => owner !== own.owner && ahead(own.owner, owner) > 60))
      return because('fair-share', `${slotsThat} busy, and others have had less of the farm than their share.`);
    if (able.every(({ resident }) => resident !== need.residencyKey) && others.length > 0) {
      const minutes = holdRules.affinity.maximumHoldSeconds / 60;
      const sentence = `${slotsThat} busy with the checkpoint that is loaded; the job gets its turn after at most ${minutes} min of that.`;
      return because('affinity', sentence);
    }
    return because('behind-others', `${slotsThat} busy${others.length > 0 ? ' with work that came before it' : ''}.`);
  }
}

import { criterionOfKey, describeCriterion, isInForce, lessonId, type Act, type Lesson } from '@headgate/core/incident'
import { entryOf, HeadgateError } from '@headgate/core/model'
import type {
  AcceptLessonRequest,
  ActRequest,
  IncidentView,
  LessonView,
  ProposalView,
  ReportIncidentRequest,
} from '@headgate/protocol/api'
import { inTransaction, type Tx } from '../db/index.ts'
import type { Principal } from '../http/index.ts'
import { findIncident, setIncidentLesson, type FoundIncident } from '../incidents/index.ts'
import { lockModel, requireVersion, type ModelVersion } from '../model/index.ts'
import { applyLessons, type ReleaseDeps } from '../releases/index.ts'
import { requireAcceptance, requireIn } from './lesson-rights.ts'
import { proposeForIncident, proposeForWindow, type HarmWindow } from './proposals.ts'
import { reportIncident } from './report.ts'

/** Decisions on what incidents taught. Each is one transaction under the lock of the operating model; a repeat changes nothing. */
export interface LessonService {
  /** See {@link proposeForIncident}. */
  propose(incident: string, signal: AbortSignal): Promise<ProposalView>
  /** See {@link proposeForWindow}. */
  proposeFor(window: HarmWindow, signal: AbortSignal): Promise<ProposalView>
  list(): Promise<readonly LessonView[]>
  /** Later stages inherit the criterion (SPEC R7). @throws HeadgateError `NOT_FOUND`, `INVALID_INPUT`, `FORBIDDEN`, `CONFLICT` */
  accept(incident: string, by: Principal, request: AcceptLessonRequest): Promise<IncidentView>
  /** The incident teaches no criterion, for a reason. @throws HeadgateError `NOT_FOUND`, `FORBIDDEN`, `CONFLICT` */
  waive(incident: string, by: Principal, request: ActRequest): Promise<IncidentView>
  /** No stage inherits it any more. @throws HeadgateError `NOT_FOUND`, `FORBIDDEN` */
  retire(id: string, by: Principal, request: ActRequest): Promise<LessonView>
  /** Harm that no gate saw. @throws HeadgateError `NOT_FOUND`, `INVALID_INPUT`, `FORBIDDEN` */
  report(by: Principal, request: ReportIncidentRequest): Promise<IncidentView>
}

export function createLessons(deps: ReleaseDeps): LessonService {
  const { db } = deps
  const decide = (incident: string, work: (decision: Decision) => Promise<void>): Promise<IncidentView> =>
    inTransaction(db, async (tx) => {
      // Whoever decides holds this lock first, and rows of releases before the incident's, as a stop does: no two wait for each other.
      await lockModel(tx)
      const current = requireVersion(await deps.models.latest(tx))
      await work({ tx, current, found: await findIncident(tx, incident) })
      return (await findIncident(tx, incident)).view
    })
  const { models } = deps
  return {
    propose: (id, signal) => proposeForIncident({ db, models, signal }, id),
    proposeFor: (window, signal) => proposeForWindow({ db, models, signal }, window),
    list: () => inTransaction(db, async (tx) => listLessons(requireVersion(await deps.models.latest(tx)))),
    accept: (id, by, request) => decide(id, (decision) => accept(deps, decision, by, request)),
    waive: (id, by, request) => decide(id, (decision) => waive(deps, decision, by, request)),
    retire: (id, by, request) => inTransaction(db, (tx) => retire(tx, deps, { id, by, reason: request.reason })),
    report: (by, request) => reportIncident(deps, by, request),
  }
}

interface Decision {
  readonly tx: Tx
  readonly current: ModelVersion
  readonly found: FoundIncident
}

async function accept(
  deps: ReleaseDeps,
  { tx, current, found }: Decision,
  by: Principal,
  { criterion: key, reason }: AcceptLessonRequest,
): Promise<void> {
  const { id, lesson } = found.view
  const taught = criterionOfKey(current.model, key, lessonId(id))
  const domain = requireAcceptance(current.model, { flows: found.flows, criterion: taught }, by)
  if (lesson?.kind === 'accepted') {
    if (lesson.key === key && lesson.retired === undefined) return
    throw new HeadgateError('CONFLICT', `Incident ${id} has taught ${lesson.key} already, accepted by ${lesson.by}`)
  }
  const accepted: Act = { by: by.name, at: deps.now(), reason }
  const owner = entryOf(current.model.domains, domain)?.owner ?? ''
  const added: Lesson = { incident: id, domain, criterion: { ...taught, owner }, accepted }
  await applyLessons(tx, deps, {
    change: (lessons) => [...lessons, added],
    by: by.name,
    reason: `incident ${id} taught ${key}: ${reason}`,
  })
  await setIncidentLesson(tx, id, { kind: 'accepted', criterion: taught.id, key, ...accepted })
}

async function waive(
  deps: ReleaseDeps,
  { tx, current, found }: Decision,
  by: Principal,
  { reason }: ActRequest,
): Promise<void> {
  const { id, lesson } = found.view
  requireAcceptance(current.model, { flows: found.flows }, by)
  if (lesson?.kind === 'waived') return
  if (lesson !== undefined) {
    const next = `retire it instead: headgate criterion retire ${lesson.criterion} --reason ...`
    throw new HeadgateError('CONFLICT', `Incident ${id} has taught ${lesson.key}; ${next}`)
  }
  await setIncidentLesson(tx, id, { kind: 'waived', by: by.name, at: deps.now(), reason })
}

interface Retirement {
  readonly id: string
  readonly by: Principal
  readonly reason: string
}

async function retire(tx: Tx, deps: ReleaseDeps, { id, by, reason }: Retirement): Promise<LessonView> {
  await lockModel(tx)
  const current = requireVersion(await deps.models.latest(tx))
  const lesson = current.lessons.find(({ criterion }) => criterion.id === id)
  if (lesson === undefined) {
    throw new HeadgateError('NOT_FOUND', `No incident taught a criterion ${id}; GET /api/v1/criteria lists them`)
  }
  requireIn(current.model, [lesson.domain], by)
  if (!isInForce(lesson)) return toView(current, lesson)
  const retired: Act = { by: by.name, at: deps.now(), reason }
  const after = await applyLessons(tx, deps, {
    change: (lessons) => lessons.map((each) => (each.criterion.id === id ? { ...each, retired } : each)),
    by: by.name,
    reason: `${id} was retired: ${reason}`,
  })
  const { view } = await findIncident(tx, lesson.incident)
  if (view.lesson?.kind === 'accepted') await setIncidentLesson(tx, lesson.incident, { ...view.lesson, retired })
  return toView(after, { ...lesson, retired })
}

function listLessons(current: ModelVersion): readonly LessonView[] {
  return current.lessons.map((lesson) => toView(current, lesson))
}

function toView({ plans }: ModelVersion, { incident, domain, criterion, accepted, retired }: Lesson): LessonView {
  const has = ({ stages }: ModelVersion['plans'][number]): boolean =>
    stages.some(({ exit }) => exit.criteria.some(({ id }) => id === criterion.id))
  return {
    id: criterion.id,
    incident,
    ...describeCriterion(criterion),
    domain,
    owner: criterion.owner ?? '',
    accepted,
    ...(retired === undefined ? {} : { retired }),
    releases: plans.filter(has).map(({ id }) => id),
  }
}

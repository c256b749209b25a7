/**
 * What one client receives: from the log until it meets the hub, then live.
 *
 * <p>Invariants:
 *
 * <ul>
 *   <li>A client has one position. It receives the events that its interests select in ascending order of id, each once;
 *       the order goes back only when it asks for a replay from an earlier position.
 *   <li>Replay meets live without a seam: a feed joins the hub exactly when it has delivered everything up to the hub's
 *       position.
 *   <li>A replay goes on when its client has read most of what it was sent, and holds no page meanwhile. The pages are
 *       shared, with their messages, and kept within a bound; one that is no longer there is read again.
 *   <li>What waits for one client is bounded by a window that becomes smaller the more replays there are, and what waits
 *       for all of them by their share of the {@link io.eventhandler.fanout.MessageMemory}: beyond it they take turns.
 * </ul>
 *
 * <p>A feed is safe for concurrent use. Its lock comes before the hub's; the hub never waits for it.
 *
 * <p>May import {@code event}, {@code lifecycle}, {@code eventlog} and {@code fanout}.
 */
@NullMarked
package io.eventhandler.feed;

import org.jspecify.annotations.NullMarked;

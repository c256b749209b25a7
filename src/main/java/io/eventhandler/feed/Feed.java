package io.eventhandler.feed;

import io.eventhandler.event.Event;
import io.eventhandler.event.NamePattern;
import io.eventhandler.eventlog.read.EventsRemovedException;
import io.eventhandler.eventlog.read.HistoryException;
import io.eventhandler.fanout.Hub;
import io.eventhandler.fanout.MessageFormat;
import io.eventhandler.fanout.OutboundEvent;
import io.eventhandler.fanout.Subscription;
import io.eventhandler.lifecycle.BackgroundThread;
import io.eventhandler.lifecycle.Failures;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The events of one client: those that its interests select, from where it asked for, in order. Either it is live, with
 * a subscription at the hub for each interest, or it replays, with none. See the package for its rules.
 */
public final class Feed {

    private static final Logger LOG = LoggerFactory.getLogger(Feed.class);
    private static final Failures FAILURES = new Failures(LOG);

    /** So many recent events are delivered while the hub waits, so that a replay meets it however fast it moves. */
    private static final int MAX_GAP = 200;

    private static final Duration AHEAD_CHECK = Duration.ofMillis(500);
    private static final Duration RETRY_PAUSE = Duration.ofMillis(200);

    private final Hub hub;
    private final ReplayPages pages;
    private final FeedOutput output;

    private final Map<String, Interest> interests = new HashMap<>(2); // by pattern; guarded by this, like all below
    private boolean replaying;
    private long cursor; // of the replay: everything up to here was offered
    private long pageStart; // behind which the page begins that was offered last
    private int changes; // of the interests during the replay
    private boolean closed;

    private static final class Interest {
        private final NamePattern pattern;
        private final MessageFormat format;
        private final long from; // the id after which it selects
        private @Nullable Subscription live;

        Interest(NamePattern pattern, MessageFormat format, long from) {
            this.pattern = pattern;
            this.format = format;
            this.from = from;
        }

        Interest from(long id) {
            return new Interest(pattern, format, id);
        }

        boolean selects(Event event) {
            return from < event.id() && pattern.matches(event.name());
        }
    }

    public Feed(Hub hub, ReplayPages pages, FeedOutput output) {
        this.hub = hub;
        this.pages = pages;
        this.output = output;
    }

    /** How many interests there would be with these. */
    public synchronized int sizeWith(Collection<NamePattern> patterns) {
        long added = patterns.stream()
                .filter(pattern -> !interests.containsKey(pattern.text()))
                .count();
        return interests.size() + (int) added;
    }

    /** How many interests there are. */
    public synchronized int size() {
        return interests.size();
    }

    /** What is subscribed to. */
    public synchronized List<NamePattern> subscribed() {
        return patterns();
    }

    private List<NamePattern> patterns() {
        return interests.values().stream().map(interest -> interest.pattern).toList();
    }

    /**
     * Subscribes to events from now on; to what is subscribed to already, it changes nothing.
     *
     * @param accepted is told the head before anything is offered; must not block
     */
    public synchronized void subscribe(Collection<NamePattern> patterns, MessageFormat format, LongConsumer accepted) {
        List<NamePattern> added = patterns.stream()
                .filter(pattern -> !interests.containsKey(pattern.text()))
                .toList();
        if (replaying) {
            subscribeAfter(added, format, hub.position(), accepted);
        } else if (!closed) {
            hub.atPosition(position -> {
                accepted.accept(position);
                for (NamePattern pattern : added) {
                    var interest = new Interest(pattern, format, position);
                    interest.live = hub.subscribe(pattern, format, output);
                    interests.put(pattern.text(), interest);
                }
                return true;
            });
        }
    }

    /**
     * Subscribes to the events after this id: replays them from the log, then goes live. Other interests of the feed wait
     * for it, so that the order is kept.
     *
     * @param after may be ahead of this replica; not below what is kept
     * @param accepted is told the head before anything is offered; must not block
     */
    public synchronized void subscribeAfter(
            Collection<NamePattern> patterns, MessageFormat format, long after, LongConsumer accepted) {
        if (closed) {
            return;
        }
        accepted.accept(hub.position());
        if (replaying) {
            interests.replaceAll((text, interest) -> interest.from(Math.max(interest.from, cursor)));
        } else {
            hub.atPosition(this::leave);
        }
        cursor = interests.isEmpty() ? after : Math.min(after, cursor);
        for (NamePattern pattern : patterns) {
            interests.put(pattern.text(), new Interest(pattern, format, after));
        }
        changes++;
        output.position(cursor);
        if (!replaying) {
            replaying = true;
            BackgroundThread.once("replay", this::replay);
        }
    }

    private boolean leave(long position) {
        interests.replaceAll((text, interest) -> {
            if (interest.live != null) {
                hub.unsubscribe(interest.live);
            }
            return interest.from(position);
        });
        cursor = position;
        return true;
    }

    /** Ends a subscription; false when there is none. No event is offered for it once this has returned. */
    public synchronized boolean unsubscribe(NamePattern pattern) {
        Interest interest = interests.remove(pattern.text());
        if (interest == null) {
            return false;
        }
        if (interest.live != null) {
            hub.unsubscribe(interest.live);
        }
        return true;
    }

    /** Tells the output how far it is; does nothing when nothing is subscribed to. */
    public synchronized void checkpoint() {
        if (interests.isEmpty()) {
            return;
        }
        if (replaying) {
            output.checkpoint(cursor);
        } else {
            hub.atPosition(position -> {
                output.checkpoint(position);
                return true;
            });
        }
    }

    /** Ends all subscriptions for good. */
    public synchronized void close() {
        closed = true;
        forget();
    }

    private void forget() {
        for (Interest interest : interests.values()) {
            if (interest.live != null) {
                hub.unsubscribe(interest.live);
            }
        }
        interests.clear();
    }

    /** Forgets the interests in events before this id, and goes on with the others. */
    private synchronized List<NamePattern> forgetBefore(long earliest) {
        List<NamePattern> forgotten = new ArrayList<>();
        for (Interest interest : List.copyOf(interests.values())) {
            if (Math.max(interest.from, cursor) < earliest - 1) {
                interests.remove(interest.pattern.text());
                forgotten.add(interest.pattern);
            }
        }
        cursor = Math.max(cursor, earliest - 1);
        changes++;
        return forgotten;
    }

    private void replay() {
        pages.begin();
        try {
            while (output.awaitRoom()) {
                try {
                    if (!replayPage()) {
                        return;
                    }
                } catch (EventsRemovedException e) {
                    output.removed(forgetBefore(e.earliest()), e);
                } catch (HistoryException e) {
                    FAILURES.say(e, "a replay could not read the log, trying again");
                    Thread.sleep(RETRY_PAUSE);
                }
            }
        } catch (InterruptedException e) {
            LOG.debug("a replay was interrupted");
        } catch (RuntimeException | Error e) {
            output.fail(e);
        } finally {
            pages.end();
        }
    }

    /** Delivers the next page, as far as there is room; false when the replay is over. */
    private boolean replayPage() throws EventsRemovedException, InterruptedException {
        long after;
        int changesBefore;
        List<NamePattern> patterns;
        boolean over;
        synchronized (this) {
            changesBefore = changes;
            patterns = patterns();
            over = closed || patterns.isEmpty() || hub.atPosition(this::join);
            replaying = !over;
            after = cursor;
        }
        if (over) {
            output.flush();
            return false;
        }
        long upTo = hub.position();
        if (after >= upTo) { // an interest is ahead of this replica
            hub.awaitPosition(Math.max(after, upTo + 1), AHEAD_CHECK);
            return true;
        }
        ReplayPages.Page page = pages.page(patterns, pageStart, after, upTo);
        synchronized (this) {
            if (changes != changesBefore) {
                return true;
            }
            pageStart = page.after();
            if (deliver(page.after(after))) {
                cursor = page.end();
            }
        }
        output.flush();
        return true;
    }

    /** Goes live if little is missing up to the hub's position, and delivers that first. */
    private boolean join(long position) {
        long gap = position - cursor;
        boolean isAhead = interests.values().stream().anyMatch(interest -> interest.from > position);
        if (gap < 0 || gap > MAX_GAP || isAhead) {
            return false;
        }
        List<OutboundEvent> missing = gap == 0 ? List.of() : pages.recent(cursor, (int) gap);
        if (missing.size() < gap || !deliver(missing)) {
            return false;
        }
        for (Interest interest : interests.values()) {
            interest.live = hub.subscribe(interest.pattern, interest.format, output);
        }
        return true;
    }

    /** Offers the events for which there is room, and moves the cursor behind them; whether that was all. */
    private boolean deliver(List<OutboundEvent> events) {
        for (OutboundEvent outbound : events) {
            if (!output.hasRoom()) {
                return false;
            }
            Event event = outbound.event();
            Interest selecting = selecting(event);
            if (selecting != null) {
                output.offer(outbound.message(selecting.format));
            }
            cursor = event.id();
        }
        return true;
    }

    private @Nullable Interest selecting(Event event) {
        Interest exact = interests.get(event.name());
        if (exact != null && exact.selects(event)) {
            return exact;
        }
        for (Interest interest : interests.values()) {
            if (!interest.pattern.isExact() && interest.selects(event)) {
                return interest;
            }
        }
        return null;
    }
}

package io.eventhandler.subscribe;

import io.eventhandler.event.NamePattern;
import io.eventhandler.eventlog.read.EventsRemovedException;
import io.eventhandler.fanout.MessageMemory;
import io.eventhandler.fanout.OutboundMessage;
import io.eventhandler.feed.FeedOutput;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.IteratingCallback;

/** What waits to be sent on one connection, and the one write that is under way. Thread-safe. */
final class OutboundQueue implements FeedOutput {

    private static final int MAX_MESSAGES_PER_WRITE = 256;

    /** Messages that may wait before their places in the queue are counted. */
    private static final int FREE_PLACES = 64;

    private static final int PLACE_BYTES = 8;
    private static final Duration ROOM_CHECK = Duration.ofSeconds(1);

    /** The connection itself. */
    interface Sink {

        /** Writes them all, at least one, in this order and without blocking; completes the callback once. */
        void write(List<OutboundMessage> messages, Callback callback);

        /** How many bytes it takes at once, but for one message that alone is larger. */
        int maxBytesPerWrite();

        /** Nothing more comes: the queue was closed or has failed, and no write is under way. Called once. */
        void end();

        /** A write failed: nothing can be sent any more. */
        void broken(Throwable cause);

        /** More waits than may: the client does not keep up, and gets nothing more. May be called under a hub's lock. */
        void overflow();

        /** It could not be sent what it should be, and gets nothing behind what waits. May be called under locks. */
        void failed(Throwable cause);

        /** The message that tells the client its position. */
        OutboundMessage checkpoint(long position);

        /** See {@link FeedOutput#removed}. */
        void removed(List<NamePattern> forgotten, EventsRemovedException reason);
    }

    private final Sink sink;
    private final int maxEvents;
    private final long maxBytes;
    private final MessageMemory memory;
    private final Writer writer = new Writer();

    private ArrayDeque<OutboundMessage> waiting = new ArrayDeque<>(0); // guarded by this, like all below
    private long waitingBytes;
    private int countedPlaces = FREE_PLACES;
    private List<OutboundMessage> writing = List.of(); // is under way
    private long writingBytes;
    private long lastOfferedId;
    private long lastSentId;
    private boolean awaitsFlush;
    private boolean awaitsRoom;
    private boolean closed;
    private boolean ended;

    OutboundQueue(Sink sink, SubscriberLimits limits, MessageMemory memory) {
        this.sink = sink;
        this.maxEvents = limits.maxQueuedEvents();
        this.maxBytes = limits.maxQueuedBytes();
        this.memory = memory;
    }

    @Override
    public boolean offer(OutboundMessage message) {
        synchronized (this) {
            if (closed || (message.id() != 0 && message.id() == lastOfferedId)) {
                return false;
            }
            if (takes(message)) {
                add(message);
                lastOfferedId = message.id() == 0 ? lastOfferedId : message.id();
                boolean first = !awaitsFlush;
                awaitsFlush = true;
                return first;
            }
        }
        sink.overflow();
        return false;
    }

    /** Takes nothing more. What waits is sent, so that a client that resumes gets as far as it can. */
    @Override
    public synchronized void fail(Throwable cause) {
        sink.failed(cause); // before it can be ended
        closed = true;
        notifyAll();
    }

    private boolean takes(OutboundMessage message) {
        boolean isIdle = waiting.isEmpty() && writing.isEmpty();
        if (!isIdle && memory.isExhausted()) {
            return false;
        }
        return waiting.isEmpty() || (waiting.size() < maxEvents && waitingBytes + message.bytes().length <= maxBytes);
    }

    private void add(OutboundMessage message) {
        waiting.add(message);
        waitingBytes += message.bytes().length;
        message.hold(memory);
        if (waiting.size() > countedPlaces) {
            memory.take((long) countedPlaces * PLACE_BYTES);
            countedPlaces *= 2;
        }
    }

    /** It is told to nobody but {@link #lastSentId}. */
    @Override
    public synchronized void position(long id) {
        offer(OutboundMessage.position(id));
        lastOfferedId = 0;
    }

    @Override
    public void checkpoint(long id) {
        offer(sink.checkpoint(id));
    }

    @Override
    public void removed(List<NamePattern> forgotten, EventsRemovedException reason) {
        sink.removed(forgotten, reason);
    }

    /** Starts a write, unless one is under way: then what waits goes out when that one is done. */
    @Override
    public void flush() {
        synchronized (this) {
            awaitsFlush = false;
        }
        writer.iterate();
    }

    /** Takes nothing more and forgets what waits. */
    synchronized void close() {
        closed = true;
        waiting.forEach(message -> message.release(memory));
        waitingBytes = 0;
        freePlaces();
        releaseWritten();
        notifyAll();
    }

    /** The client has gone: there is nothing to end. */
    synchronized void abandon() {
        ended = true;
        close();
    }

    /** Takes nothing more, and sends this in place of what waits. */
    synchronized void closeWith(OutboundMessage last) {
        close();
        add(last);
    }

    /** Nothing waits any more: what it waited in goes. */
    private void freePlaces() {
        waiting = new ArrayDeque<>(0);
        memory.giveBack((long) (countedPlaces - FREE_PLACES) * PLACE_BYTES);
        countedPlaces = FREE_PLACES;
    }

    private void releaseWritten() {
        writing.forEach(message -> message.release(memory));
        writing = List.of();
        writingBytes = 0;
    }

    @Override
    public boolean hasRoom() {
        return memory.hasRoomForReplay() && isWithin(memory.replayWindow());
    }

    /** Whether less waits than a replay's client may have, or nothing at all. */
    private synchronized boolean isWithin(long window) {
        long bytes = waitingBytes + writingBytes;
        return bytes == 0 || (waiting.size() < maxEvents / 2 && bytes < Math.min(window, maxBytes / 2));
    }

    /** Waits until the client has read half of its window, and there is memory; false when the connection has ended. */
    @Override
    public boolean awaitRoom() throws InterruptedException {
        while (true) {
            synchronized (this) {
                while (!closed && !isWithin(memory.replayWindow() / 2)) {
                    awaitsRoom = true;
                    wait();
                }
                if (closed) {
                    return false;
                }
            }
            if (memory.hasRoomForReplay()) {
                return true;
            }
            memory.awaitRoomForReplay(ROOM_CHECK);
        }
    }

    /** The position that was handed to the socket last, 0 for none. */
    synchronized long lastSentId() {
        return lastSentId;
    }

    /** The position that was offered last, 0 for none. */
    synchronized long lastOfferedId() {
        return lastOfferedId;
    }

    synchronized int size() {
        return waiting.size();
    }

    synchronized long bytes() {
        return waitingBytes;
    }

    /** What waits and what is being written. */
    synchronized long heldBytes() {
        return waitingBytes + writingBytes;
    }

    private synchronized List<OutboundMessage> takeForWrite() {
        releaseWritten();
        List<OutboundMessage> taken = new ArrayList<>(Math.min(waiting.size(), MAX_MESSAGES_PER_WRITE));
        long bytes = 0;
        OutboundMessage next = waiting.peek();
        while (next != null
                && taken.size() < MAX_MESSAGES_PER_WRITE
                && (taken.isEmpty() || bytes + next.bytes().length <= sink.maxBytesPerWrite())) {
            waiting.remove();
            if (next.id() != 0) {
                lastSentId = next.id();
            }
            if (next.bytes().length > 0) {
                bytes += next.bytes().length;
                taken.add(next);
            } else {
                next.release(memory);
            }
            next = waiting.peek();
        }
        waitingBytes -= bytes;
        writing = taken;
        writingBytes = bytes;
        if (waiting.isEmpty() && countedPlaces > FREE_PLACES) {
            freePlaces();
        }
        if (awaitsRoom && isWithin(memory.replayWindow() / 2)) {
            awaitsRoom = false;
            notifyAll();
        }
        return taken;
    }

    private synchronized boolean endsNow() {
        boolean now = closed && !ended;
        ended |= now;
        return now;
    }

    /** Sends what waits as one write; runs again when that is done, for as long as something waits. */
    private final class Writer extends IteratingCallback {

        @Override
        protected Action process() {
            List<OutboundMessage> messages = takeForWrite();
            if (messages.isEmpty()) {
                if (endsNow()) {
                    sink.end();
                }
                return Action.IDLE;
            }
            sink.write(messages, this);
            return Action.SCHEDULED;
        }

        @Override
        protected void onCompleteFailure(Throwable cause) {
            OutboundQueue.this.close();
            sink.broken(cause);
        }
    }
}

package io.eventhandler.subscribe;

import static org.assertj.core.api.Assertions.assertThat;

import io.eventhandler.event.NamePattern;
import io.eventhandler.eventlog.read.EventsRemovedException;
import io.eventhandler.fanout.MessageMemory;
import io.eventhandler.fanout.OutboundMessage;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.eclipse.jetty.util.Callback;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What waits for subscribers is bounded, for each and for all of them, whatever its sizes. */
class OutboundQueueTest {

    private static final int MAX_EVENTS = 200;
    private static final int MAX_BYTES = 64 << 10;
    private static final long MAX_TOGETHER = 512 << 10;
    private static final int LARGEST = 100_000;
    private static final int OVERHEAD = 64;

    private final MessageMemory memory = new MessageMemory(MAX_TOGETHER);

    /** A client that reads when it is told to. */
    private final class Client implements OutboundQueue.Sink {
        private final OutboundQueue queue = new OutboundQueue(
                this,
                new SubscriberLimits(
                        1, 1, MAX_EVENTS, MAX_BYTES, MAX_TOGETHER, Duration.ZERO, Duration.ZERO, Duration.ZERO),
                memory);
        private final List<Long> written = new ArrayList<>();
        private @Nullable Callback writing;
        private boolean ended;
        private int ends;

        @Override
        public void write(List<OutboundMessage> messages, Callback callback) {
            assertThat(writing).isNull();
            messages.forEach(message -> written.add(message.id()));
            writing = callback;
        }

        @Override
        public int maxBytesPerWrite() {
            return 16 << 10;
        }

        void read() {
            Callback callback = writing;
            writing = null;
            if (callback != null) {
                callback.succeeded();
            }
        }

        @Override
        public void overflow() {
            ended = true;
            queue.close();
        }

        @Override
        public void end() {
            ends++;
        }

        @Override
        public void broken(Throwable cause) {
            throw new IllegalStateException(cause);
        }

        @Override
        public void failed(Throwable cause) {
            throw new IllegalStateException(cause);
        }

        @Override
        public OutboundMessage checkpoint(long position) {
            return OutboundMessage.checkpoint(position, "checkpoint");
        }

        @Override
        public void removed(List<NamePattern> forgotten, EventsRemovedException reason) {
            throw new IllegalStateException(reason);
        }
    }

    private static OutboundMessage event(long id, int size) {
        return OutboundMessage.event(id, new byte[size]);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void anyMixOfSizesStaysWithinTheBoundsAndIsGivenBack(long seed) {
        var random = new Random(seed);
        List<Client> clients = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            clients.add(new Client());
        }
        int largest = random.nextBoolean() ? LARGEST : 500;
        for (long id = 1; id <= 3_000; id++) {
            OutboundMessage shared = event(id, 1 + random.nextInt(largest));
            for (Client client : clients) {
                boolean takesPart = random.nextInt(3) == 0;
                if (takesPart) {
                    boolean own = random.nextInt(4) == 0;
                    client.queue.offer(own ? event(id, 1 + random.nextInt(largest)) : shared);
                }
                if (random.nextInt(3) == 0) {
                    client.queue.flush();
                }
                if (random.nextInt(4) == 0) {
                    client.read();
                }
                assertThat(client.queue.size()).isLessThanOrEqualTo(MAX_EVENTS);
                assertThat(client.queue.bytes()).isLessThanOrEqualTo(Math.max(MAX_BYTES, LARGEST));
            }
            // A queue with nothing in it takes one message whatever the others hold.
            assertThat(memory.used()).isLessThanOrEqualTo(MAX_TOGETHER + 40L * (largest + OVERHEAD));
        }
        for (Client client : clients) {
            assertThat(client.written).isSorted().doesNotHaveDuplicates();
            while (client.writing != null) {
                client.read();
            }
            client.queue.flush();
            while (client.writing != null) {
                client.read();
            }
        }
        assertThat(memory.used()).isZero();
    }

    @Test
    void aMessageThatWaitsForManyIsCountedOnce() {
        var clients = new ArrayDeque<Client>();
        OutboundMessage message = event(1, 10_000);
        for (int i = 0; i < 100; i++) {
            clients.add(new Client());
            clients.getLast().queue.offer(message);
        }
        assertThat(memory.used()).isEqualTo(10_000 + OVERHEAD);
        clients.forEach(client -> client.queue.flush());
        assertThat(memory.used()).isEqualTo(10_000 + OVERHEAD);
        while (clients.size() > 1) {
            clients.remove().read();
        }
        assertThat(memory.used()).isEqualTo(10_000 + OVERHEAD);
        clients.remove().queue.close();
        assertThat(memory.used()).isZero();
    }

    @Test
    void thePlacesOfALongQueueCountToo() {
        var client = new Client();
        OutboundMessage message = OutboundMessage.reply(new byte[1]);
        for (int i = 0; i < MAX_EVENTS; i++) {
            client.queue.offer(message);
        }
        assertThat(memory.used()).isGreaterThanOrEqualTo(1 + OVERHEAD + (MAX_EVENTS - 64) * 8L);
        client.queue.close();
        assertThat(memory.used()).isEqualTo(0);
    }

    @Test
    void whenNothingIsLeftWhoHasSomethingIsEndedAndWhoHasNothingGoesOn() {
        List<Client> holding = new ArrayList<>();
        for (long id = 1; !memory.isExhausted(); id++) {
            var client = new Client();
            client.queue.offer(event(id, MAX_BYTES));
            holding.add(client);
        }
        var idle = new Client();
        idle.queue.offer(event(1_000, 10));
        idle.queue.flush();
        idle.read();
        holding.getFirst().queue.offer(event(1_001, 10));
        assertThat(holding.getFirst().ended).isTrue();
        assertThat(idle.ended).isFalse();
        assertThat(idle.written).containsExactly(1_000L);
    }

    @Test
    void aReplayGetsASmallWindowAndLeavesHalfOfTheMemory() throws InterruptedException {
        var client = new Client();
        for (int i = 0; i < 20; i++) {
            memory.beginReplay();
        }
        long id = 0;
        while (client.queue.hasRoom()) {
            client.queue.offer(event(++id, 1_000));
        }
        assertThat(client.queue.bytes()).isBetween(memory.replayWindow(), memory.replayWindow() + 1_000);
        assertThat(memory.replayWindow()).isEqualTo(MAX_TOGETHER / 2 / 20);
        var other = new Client();
        assertThat(other.queue.hasRoom()).isTrue();
        for (int i = 0; memory.hasRoomForReplay(); i++) {
            new Client().queue.offer(event(i, MAX_BYTES));
        }
        assertThat(other.queue.hasRoom()).isFalse();
        assertThat(memory.isUnderPressure()).isFalse();
        Thread waiting = Thread.ofVirtual().start(() -> {
            try {
                other.queue.awaitRoom();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        });
        client.queue.close();
        other.queue.close();
        waiting.join();
    }

    @Test
    void aClientIsEndedOnceAndOneThatHasGoneIsNot() {
        var client = new Client();
        client.queue.offer(OutboundMessage.reply(new byte[10]));
        client.queue.flush();
        client.queue.close();
        client.read();
        client.queue.flush();
        assertThat(client.ends).isEqualTo(1);

        var gone = new Client();
        gone.queue.offer(OutboundMessage.reply(new byte[10]));
        gone.queue.flush();
        gone.queue.abandon();
        gone.read();
        gone.queue.flush();
        assertThat(gone.ends).isZero();
    }
}

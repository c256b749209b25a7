package io.eventhandler.samples;

import com.example.billing.Billing;
import io.eventhandler.event.Event;
import io.eventhandler.service.SettingsReader;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.locks.LockSupport;

/** Billing in a process that ends as if it were killed, somewhere about its n-th order: before, while, or after it handles that. */
public final class HaltingBilling extends Billing {

    static final int STATUS = 9;

    private static final long MAX_DELAY_NANOS = 5_000_000;

    private int left;

    private HaltingBilling() {}

    public static void main(String[] arguments) {
        new HaltingBilling().runAndExit();
    }

    @Override
    protected void configure(SettingsReader settings) {
        super.configure(settings);
        left = settings.integer("HALT_AFTER", 1, 1, 1_000, "orders");
    }

    @Override
    protected void bill(Connection connection, Event placed) throws SQLException {
        boolean isLast = --left == 0;
        int where = ThreadLocalRandom.current().nextInt(3);
        if (isLast && where == 0) {
            Runtime.getRuntime().halt(STATUS);
        }
        super.bill(connection, placed);
        if (isLast && where == 1) { // the invoice is written and emitted, and not committed
            Runtime.getRuntime().halt(STATUS);
        }
        if (isLast) { // while it is committed, or the next ones are handled
            long nanos = ThreadLocalRandom.current().nextLong(MAX_DELAY_NANOS);
            Thread.ofPlatform().start(() -> {
                LockSupport.parkNanos(nanos);
                Runtime.getRuntime().halt(STATUS);
            });
        }
    }
}

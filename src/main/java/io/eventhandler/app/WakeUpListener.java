package io.eventhandler.app;

import io.eventhandler.access.Revocations;
import io.eventhandler.tail.EventTail;
import io.eventhandler.wakeup.WakeUp;

/** Passes on what is notified to the part that it is for. */
record WakeUpListener(EventTail tail, Revocations revocations) implements WakeUp.HeadListener {

    @Override
    public void headIs(long head) {
        tail.headIs(head);
    }

    @Override
    public void notified(String payload, int backendPid) {
        if (Revocations.isNotification(payload)) {
            revocations.notified();
        } else {
            tail.notified(payload, backendPid);
        }
    }
}

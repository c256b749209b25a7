package io.eventhandler.service;

import java.util.List;

/** Settings that can't be used. The message lists every fault, a line each. */
public final class InvalidSettingsException extends Exception {

    private static final long serialVersionUID = 1L;

    public InvalidSettingsException(List<String> faults) {
        super(String.join("\n", faults));
    }
}

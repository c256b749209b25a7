package io.eventhandler.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;

class NeedsTest {

    @Test
    void aTestWithoutItsToolIsSkippedAndFailsOnCi() {
        List<String> reasons = List.of(Tool.HAPROXY.howToGetIt());
        assertThat(Needs.Condition.decide("RolloutTest", List.of(), true).isDisabled())
                .isFalse();
        var skipped = Needs.Condition.decide("RolloutTest", reasons, false);
        assertThat(skipped.isDisabled()).isTrue();
        assertThat(skipped.getReason())
                .hasValue("RolloutTest needs HAProxy: on Debian 'apt-get install haproxy', or run .ci/run,"
                        + " which installs all that is missing");
        assertThatThrownBy(() -> Needs.Condition.decide("RolloutTest", reasons, true))
                .hasMessageContaining("needs HAProxy");
    }
}

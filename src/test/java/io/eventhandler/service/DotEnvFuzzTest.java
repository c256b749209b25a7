package io.eventhandler.service;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.eventhandler.testing.Fuzzing;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Whatever a {@code .env} file holds is read, or named with its line. */
class DotEnvFuzzTest {

    @Test
    void files() {
        List<String> samples = List.of(
                "# a\nexport A='it\\'s' # b\nB=\"x\\n${A:-d e}\"\nC: d\nD\nE=${A}/x #y\n'F'=\"\\\\\"\n",
                "A=b\r\nB='x\ny'\rC=\"x\ny\"\n\n  \t\nD=\n");
        Fuzzing.run(samples, (input, mutations) -> {
            String text = new String(input, UTF_8);
            List<String> faults = new ArrayList<>();
            Map<String, String> variables = new DotEnv(text, ".env", Map.of("A", "a"), faults).read();
            assertThat(variables.keySet()).noneMatch(String::isEmpty);
            assertThat(faults).allMatch(fault -> fault.matches("\\.env, line \\d+: [^\n]{1,200}"));
        });
    }
}

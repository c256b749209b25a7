package io.eventhandler.testing;

import static org.junit.jupiter.api.extension.ConditionEvaluationResult.disabled;
import static org.junit.jupiter.api.extension.ConditionEvaluationResult.enabled;
import static org.junit.platform.commons.support.AnnotationSupport.findAnnotation;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.ExtensionContext;

/** A test, or all tests of a class, that are skipped where a tool is missing, and say so; with {@code CI=true} they fail. */
@Target({ElementType.TYPE, ElementType.METHOD})
@Retention(RetentionPolicy.RUNTIME)
@ExtendWith(Needs.Condition.class)
public @interface Needs {

    Tool[] value();

    /** Decides whether a test runs. */
    final class Condition implements ExecutionCondition {

        private static final boolean FAILS = "true".equals(System.getenv("CI"));

        @Override
        public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
            Stream<Tool> tools = findAnnotation(context.getElement(), Needs.class).stream()
                    .flatMap(needs -> Stream.of(needs.value()));
            List<String> reasons = tools.filter(tool -> !tool.isPresent())
                    .map(Tool::howToGetIt)
                    .toList();
            String test = context.getTestClass().map(Class::getSimpleName).orElse("")
                    + context.getTestMethod()
                            .map(method -> "." + method.getName())
                            .orElse("");
            ConditionEvaluationResult result = decide(test, reasons, FAILS);
            if (result.isDisabled()) {
                System.out.println("SKIPPED: " + result.getReason().orElse(test));
            }
            return result;
        }

        /**
         * @param test that is to run
         * @param reasons why it can't
         * @param fails rather than being skipped
         */
        static ConditionEvaluationResult decide(String test, List<String> reasons, boolean fails) {
            if (reasons.isEmpty()) {
                return enabled("nothing is missing");
            }
            String reason = test + " " + String.join("; ", reasons);
            if (fails) {
                throw new IllegalStateException(reason);
            }
            return disabled(reason);
        }
    }
}

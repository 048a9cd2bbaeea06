/** What was measured, kept so that nothing that happens to a run can damage it. */
@NullMarked
package dev.lanewise.jmh.tracker.history;

import org.jspecify.annotations.NullMarked;

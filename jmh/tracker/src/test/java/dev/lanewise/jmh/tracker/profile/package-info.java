/** Reading stacks. */
@NullMarked
package dev.lanewise.jmh.tracker.profile;

import org.jspecify.annotations.NullMarked;

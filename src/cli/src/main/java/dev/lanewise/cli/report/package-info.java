/** What the user gets to see: progress, tables, the learning curve, errors in one sentence. */
@NullMarked
package dev.lanewise.cli.report;

import org.jspecify.annotations.NullMarked;

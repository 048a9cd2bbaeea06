/** What a training reads: tables, the order of its samples, batches that are prepared ahead. */
@NullMarked
package dev.lanewise.io.data;

import org.jspecify.annotations.NullMarked;

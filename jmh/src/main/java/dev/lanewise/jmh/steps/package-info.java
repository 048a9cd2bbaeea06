/** Optimizer steps beside the limit of memory. */
package dev.lanewise.jmh.steps;

#!/usr/bin/env node
import { calledAs } from '../cli/called-as.js'
import { main } from '../cli/main.js'

process.exitCode = await main(calledAs(), process.argv.slice(2))

// Every word on the page to sign in, in Indonesian and English.

import type { Language } from '../format'
import type { BarWords } from '../ui/bar'

export interface SignInWords extends BarWords {
  loading: string
  unreached: string
  again: string
  busy: string
  name: string
  password: string
  signIn: string
  wrong: string
  noAdmin: string
  setUp: string
  setUpIntro: string
  setUpName: string
  nameRule: string
  repeat: string
  passwordRule: string
  unfitName: string
  unfit: string
  notSame: string
  oldLink: string
  signedInAs: string
  toWall: string
  toNodes: string
  signOut: string
  changePassword: string
  changeNote: string
  oldPassword: string
  newPassword: string
  changed: string
}

export const signInWords: Record<Language, SignInWords> = {
  id: {
    title: 'Masuk',
    wall: 'Dinding',
    nodes: 'Node',
    other: 'EN',
    otherTitle: 'Switch to English',
    signInLink: 'Masuk',
    signedIn: (name, role) => `Masuk sebagai ${name} (${role})`,
    loading: 'Menghubungi pusat…',
    unreached: 'Pusat tidak terhubung.',
    again: 'Coba lagi',
    busy: 'Sebentar…',
    name: 'Nama',
    password: 'Kata sandi',
    signIn: 'Masuk',
    wrong: 'Nama atau kata sandi salah.',
    noAdmin: 'Belum ada admin. Buka tautan penyiapan yang ditampilkan “siaga up” saat mulai; sebagai layanan, tautan itu ada di berkas setup.link di direktori datanya (sudo cat /var/lib/siaga/setup.link).',
    setUp: 'Buat admin pertama',
    setUpIntro: 'Admin pertama mengatur akun lain. Tautan ini berlaku sekali, 24 jam.',
    setUpName: 'Nama admin',
    nameRule: 'Huruf, angka, . _ @ dan -; diawali huruf atau angka; paling panjang 64.',
    repeat: 'Ulangi kata sandi',
    passwordRule: 'Paling sedikit 10 karakter, dan bukan nama akun. Beberapa kata biasa lebih baik daripada satu kata rumit.',
    unfitName: 'Nama itu tidak dapat dipakai.',
    unfit: 'Kata sandi itu tidak dapat dipakai.',
    notSame: 'Kedua kata sandi tidak sama.',
    oldLink: 'Tautan penyiapan ini tidak berlaku lagi: sudah dipakai, atau lebih dari 24 jam. Selama belum ada admin, “siaga up” membuat yang baru setiap kali mulai.',
    signedInAs: 'Anda masuk sebagai',
    toWall: 'Ke dinding',
    toNodes: 'Ke daftar node',
    signOut: 'Keluar',
    changePassword: 'Ganti kata sandi',
    changeNote: 'Sesi Anda di perangkat lain berakhir.',
    oldPassword: 'Kata sandi sekarang',
    newPassword: 'Kata sandi baru',
    changed: 'Kata sandi sudah diganti.',
  },
  en: {
    title: 'Sign in',
    wall: 'Wall',
    nodes: 'Nodes',
    other: 'ID',
    otherTitle: 'Ganti ke bahasa Indonesia',
    signInLink: 'Sign in',
    signedIn: (name, role) => `Signed in as ${name} (${role})`,
    loading: 'Contacting the center…',
    unreached: 'The center was not reached.',
    again: 'Try again',
    busy: 'One moment…',
    name: 'Name',
    password: 'Password',
    signIn: 'Sign in',
    wrong: 'Name or password is wrong.',
    noAdmin: 'There is no admin yet. Open the set-up link that “siaga up” shows when it starts; of a service it is in the file setup.link in its data directory (sudo cat /var/lib/siaga/setup.link).',
    setUp: 'Make the first admin',
    setUpIntro: 'The first admin looks after other accounts. This link works once, for 24 hours.',
    setUpName: 'Admin’s name',
    nameRule: 'Letters, digits, . _ @ and -; first a letter or digit; 64 at most.',
    repeat: 'Password again',
    passwordRule: 'At least 10 characters, and not the account’s name. A few ordinary words are better than one that is hard to type.',
    unfitName: 'That cannot be a name.',
    unfit: 'That cannot be a password.',
    notSame: 'The two passwords are not the same.',
    oldLink: 'This set-up link is not good any more: it was used, or is older than 24 hours. While there is no admin, “siaga up” makes a new one whenever it starts.',
    signedInAs: 'You are signed in as',
    toWall: 'To the wall',
    toNodes: 'To the nodes',
    signOut: 'Sign out',
    changePassword: 'Change password',
    changeNote: 'Your sessions on other devices end.',
    oldPassword: 'Present password',
    newPassword: 'New password',
    changed: 'The password is changed.',
  },
}
